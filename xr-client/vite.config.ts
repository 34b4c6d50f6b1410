import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    // Babylon is one chunk of about 1 MB by nature.
    chunkSizeWarningLimit: 2500,
  },
});
