// The bundler loads style sheets as text; dom.ts adopts them.
declare module '*.css' {
  const text: string;
  export default text;
}
