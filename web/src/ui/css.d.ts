/** Style sheets are imported for what they do; the bundler takes them. */
declare module "*.css" {}
