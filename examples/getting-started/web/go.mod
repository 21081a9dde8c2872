module getting-started/web

go 1.24
