# pip install google-genai
import subprocess
from google import genai

key = subprocess.check_output(§get_list§, text=True)
client = genai.Client(
    vertexai=True,
    api_key=key.strip(),§own_python§
)
answer = client.models.generate_content(
    model="§model§",
    contents="Hello!",
)
print(answer.text)
