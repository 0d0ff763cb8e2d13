// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"html/template"
	"math"
	"regexp"
	"strconv"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// plain is the colour of programs that set none.
const plain = "#1d4f91"

// readable is the contrast that WCAG 2.2 asks of text (1.4.3, AA).
const readable = 4.5

var (
	colourForm = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
	// A picture inside the page can be nothing but a picture: no request, and scripts in SVG don't run in <img>.
	logoForm = regexp.MustCompile(`^data:image/(png|jpeg|webp|svg\+xml);base64,[A-Za-z0-9+/]+=*$`)
)

// colourOf is the brand's colour, and the plain one where that is none.
func colourOf(brand *cxv1.Brand) string {
	if brand == nil || !colourForm.MatchString(brand.Colour) {
		return plain
	}
	return brand.Colour
}

// logoOf is the brand's logo as the source of a picture, or empty.
func logoOf(brand *cxv1.Brand) template.URL {
	if brand == nil || !logoForm.MatchString(brand.Logo) {
		return ""
	}
	return template.URL(brand.Logo) // html/template lets no data URL pass; this form is safe
}

type rgb [3]float64

func parseColour(hex string) (c rgb) {
	for i := range c {
		n, err := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
		if err != nil {
			return rgb{} // callers have matched colourForm
		}
		c[i] = float64(n)
	}
	return c
}

func (c rgb) hex() string {
	const digits = "0123456789abcdef"
	text := []byte{'#'}
	for _, v := range c {
		n := int(v)
		text = append(text, digits[n>>4], digits[n&15])
	}
	return string(text)
}

// luminance is WCAG's relative luminance, from 0 for black to 1 for white.
func (c rgb) luminance() float64 {
	linear := func(v float64) float64 {
		v /= 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c[0]) + 0.7152*linear(c[1]) + 0.0722*linear(c[2])
}

// on is the contrast with a lighter colour, from 1 to 21.
func (c rgb) on(lighter rgb) float64 { return (lighter.luminance() + 0.05) / (c.luminance() + 0.05) }

// ground is the pages' background: --ground in style.css.
var ground = parseColour("#f4f4f7")

// darkened returns the colour, as dark as it must be to be read on the pages' ground, and for white to be read on it.
func darkened(hex string) string {
	c := parseColour(hex)
	for c.on(ground) < readable {
		for i := range c {
			c[i] = math.Floor(c[i] * 0.97)
		}
	}
	return c.hex()
}

// brandStyle is the stylesheet of a colour. It stands outside the page because the page allows no style within.
func brandStyle(hex string) string {
	return ":root{--brand:" + hex + ";--accent:" + darkened(hex) + "}\n"
}
