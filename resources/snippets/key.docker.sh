§exec§ -- docker run --rm -e §variable§ your-image
