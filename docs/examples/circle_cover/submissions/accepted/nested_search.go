// The distance to the farthest town is a convex function of the mast's place: searches x, and for every x the best y.
package main

import (
	"bufio"
	"fmt"
	"math"
	"os"
)

var xs, ys []float64

func radius(x, y float64) float64 {
	most := 0.0
	for i := range xs {
		dx, dy := xs[i]-x, ys[i]-y
		most = math.Max(most, dx*dx+dy*dy)
	}
	return most
}

func smallest(cost func(float64) float64) float64 {
	low, high := -1000.0, 1000.0
	for step := 0; step < 100; step++ {
		left, right := low+(high-low)/3, high-(high-low)/3
		if cost(left) < cost(right) {
			high = right
		} else {
			low = left
		}
	}
	return cost(low)
}

func main() {
	in := bufio.NewReader(os.Stdin)
	var count int
	fmt.Fscan(in, &count)
	xs, ys = make([]float64, count), make([]float64, count)
	for i := range xs {
		fmt.Fscan(in, &xs[i], &ys[i])
	}
	best := smallest(func(x float64) float64 {
		return smallest(func(y float64) float64 { return radius(x, y) })
	})
	fmt.Println(math.Sqrt(best))
}
