{ printf 'x-goog-api-key: '; §get§; } |
  curl -sS -H @- -H 'content-type: application/json' \
    -d '{"contents":[{"parts":[{"text":"Hello!"}]}]}' \
    '§generate_url§'
