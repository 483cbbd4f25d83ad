§get§ | tr -d '\n' | az keyvault secret set --vault-name your-vault --name gemini --encoding utf-8 --file /dev/stdin
