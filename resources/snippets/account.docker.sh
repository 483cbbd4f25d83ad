§exec§ -- sh -c 'docker run --rm \
  -v "$GOOGLE_APPLICATION_CREDENTIALS:/run/gemini.json:ro" -e GOOGLE_APPLICATION_CREDENTIALS=/run/gemini.json \
  -e GOOGLE_GENAI_USE_VERTEXAI -e GOOGLE_CLOUD_PROJECT -e GOOGLE_CLOUD_LOCATION your-image'
