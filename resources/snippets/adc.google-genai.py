# pip install google-genai
from google import genai

client = genai.Client(
    vertexai=True,
    project="§project§",
    location="§location§",§own_python§
)
answer = client.models.generate_content(
    model="§model§",
    contents="Hello!",
)
print(answer.text)
