// news
export {}
