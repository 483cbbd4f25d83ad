# pip install openai
import subprocess
from openai import OpenAI

def token():  # asked before every request, so it survives an access token's hour
    return subprocess.check_output(§token_list§, text=True).strip()

client = OpenAI(
    api_key=token,
    base_url="§base§",
)
answer = client.chat.completions.create(
    model="§openai_model§",
    messages=[{"role": "user", "content": "Hello!"}],
)
print(answer.choices[0].message.content)
