export * from './types.ts';
export { startService, isLoopback } from './service.rim.ts';
export { givenCertificate, lanAddresses, ownCertificate, type Certificate } from './certificate.rim.ts';
