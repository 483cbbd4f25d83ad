{ printf 'x-goog-api-key: '; §get§; } |
  curl -sS -H @- -H 'content-type: application/json' \
    -d '{"contents":[{"role":"user","parts":[{"text":"Hello!"}]}]}' \
    '§generate_url§'
