/** Who may do what in a room. Every message is checked against this on the node. */
export const ROLES = ['host', 'surgeon', 'radiologist', 'member', 'observer', 'patient'] as const;
export type Role = (typeof ROLES)[number];

export const mayEdit = (role: Role): boolean => role !== 'observer' && role !== 'patient';
export const maySeeIdentifiers = (role: Role): boolean =>
  role === 'host' || role === 'surgeon' || role === 'radiologist' || role === 'member';
