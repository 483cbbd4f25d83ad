# pip install google-genai
# Save this as hello.py, and run it with
#   §exec§ -- python hello.py
from google import genai

client = genai.Client()  # finds your saved key
answer = client.models.generate_content(
    model="§model§",
    contents="Hello!",
)
print(answer.text)
