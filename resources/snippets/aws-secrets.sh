§get§ | tr -d '\n' | aws secretsmanager create-secret --name gemini --secret-string file:///dev/stdin
