§get§ | tr -d '\n' | kubectl create secret generic gemini --from-file=§file_name§=/dev/stdin
