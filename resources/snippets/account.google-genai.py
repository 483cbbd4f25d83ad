# pip install google-genai
import json, subprocess
from google import genai
from google.oauth2.service_account import Credentials

credentials = Credentials.from_service_account_info(
    json.loads(subprocess.check_output(§get_list§)),
    scopes=["https://www.googleapis.com/auth/cloud-platform"],
)
client = genai.Client(
    vertexai=True,
    credentials=credentials,
    project="§project§",
    location="§location§",§own_python§
)
answer = client.models.generate_content(
    model="§model§",
    contents="Hello!",
)
print(answer.text)
