// once
export {}
