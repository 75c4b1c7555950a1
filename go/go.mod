module github.com/zcframe/zcframe/go

go 1.22
