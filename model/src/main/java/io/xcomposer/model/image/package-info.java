/**
 * From the bytes of an image file to the views that the vision tower sees (model-spec 4.1 to 4.5).
 *
 * <pre>
 * bytes → ImageDecoder → RgbImage → HdTransform → padded RgbImage → Tiles → (1 + h·w, 3, 336, 336) f32
 * </pre>
 *
 * <p>Everything here reproduces the reference's pixels: decoded RGB equals Pillow's {@code
 * convert("RGB")}, resized and padded pixels are equal to the byte, normalised views to float
 * rounding. Image files are untrusted: their size is checked before anything is allocated for them,
 * and whatever is wrong with them ends in an {@link io.xcomposer.model.XComposerException} of kind
 * {@code IMAGE}.
 *
 * <p>All classes are immutable and safe for use by many threads.
 */
package io.xcomposer.model.image;
