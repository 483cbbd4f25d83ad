# pip install google-genai
# Save as hello.py. Run it as the next box says.
from google import genai
client = genai.Client()  # the key comes from gemini-setup exec
answer = client.models.generate_content(
    model="§model§", contents="Hello!")
print(answer.text)
