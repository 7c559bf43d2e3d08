// keys
export {}
