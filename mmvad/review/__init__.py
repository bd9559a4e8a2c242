"""What a person looks at: the review page, the annotated video, the table of segments."""
