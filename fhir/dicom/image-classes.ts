/** SOP classes whose objects are images: without pixel data they were cut. PS3.6 A; dose may be histograms alone. */
const STORAGE = '1.2.840.10008.5.1.4.1.1.';
const IMAGES =
  /^(1(\.[123](\.1)?)?|2(\.[12])?|3(\.1)?|4(\.[134])?|6(\.[12])?|7(\.[1-4])?|12\.[123](\.1)?|13\.1\.[1-5]|14\.[12]|20|30|66\.[47]|77\.1\.[1-6](\.1)?|128(\.1)?|130|481\.1)$/;

export const isImageClass = (sopClassUid: string): boolean =>
  sopClassUid.startsWith(STORAGE) && IMAGES.test(sopClassUid.slice(STORAGE.length));
