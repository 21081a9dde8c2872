module devloop.test/executor

go 1.22
