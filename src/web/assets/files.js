// files
export {}
