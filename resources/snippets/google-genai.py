# pip install google-genai
# Save this as hello.py, then run the line below.
from google import genai
client = genai.Client()  # exec gives it your saved key
answer = client.models.generate_content(
    model="§model§", contents="Hello!")
print(answer.text)
