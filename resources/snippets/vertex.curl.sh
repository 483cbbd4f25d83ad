{ printf 'authorization: Bearer '; §token§; } |
  curl -sS -H @- -H 'content-type: application/json' \
    -d '{"contents":[{"role":"user","parts":[{"text":"Hello!"}]}]}' \
    '§generate_url§'
