/**
 * The ground behind every picture in linear light: #0D1014, the page's own, so that a picture has no visible edge.
 * Node and client must agree on it: the warp fills with it what no ray has seen.
 */
export const GROUND_LINEAR = [0.004025, 0.005182, 0.006995] as const;
