export * from './credentials.rim.ts';
export * from './dicom-json.ts';
export * from './dicomweb.ts';
export * from './errors.ts';
export * from './http.rim.ts';
export * from './retrieve.ts';
