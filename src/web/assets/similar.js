// similar
export {}
