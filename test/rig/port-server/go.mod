module devloop.test/ports

go 1.22
