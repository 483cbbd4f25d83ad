§get§ | tr -d '\n' | gcloud secrets create gemini --data-file=-
