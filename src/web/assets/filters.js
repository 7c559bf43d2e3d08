// filters
export {}
