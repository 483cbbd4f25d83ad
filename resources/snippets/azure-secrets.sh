§get§ | tr -d '\n' | az keyvault secret set --vault-name VAULT --name gemini --encoding utf-8 --file /dev/stdin
