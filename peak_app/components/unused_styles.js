// PostCSS plugin of the page build: Radix Themes comes as one stylesheet for all of its components, colours and widths,
// most of which no page of ours shows. What can't match anything is left out before the file gets its name by content.
import fs from "node:fs";
import path from "node:path";

const RADIX = "node_modules/@radix-ui/themes/dist/esm/components";
const GENERATED = ["app", "app_components", "components", "utils", "public/external"];
const SOURCES = /\.(jsx|js|css|py)$/;
// Radix' own words for its scales; `gray` and `accent` are made of the others.
const COLORS =
  "amber blue bronze brown crimson cyan gold grass green indigo iris jade lime mauve mint olive orange pink plum purple red ruby sage sand sky slate teal tomato violet yellow".split(" ");

function* filesBelow(folder) {
  if (!fs.existsSync(folder)) return;
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    // Scripts beside Python are linked into the build.
    if (fs.statSync(file).isDirectory()) yield* filesBelow(file);
    else if (SOURCES.test(entry.name)) yield file;
  }
}

const kebab = (name) => name.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase();

/** Classes of Radix' components that these scripts import, with those that they are made of. */
export function classesOf(scripts, radixFolder) {
  const imported = [...scripts.matchAll(/import\s*\{([^}]*)\}\s*from\s*["']@radix-ui\/themes["']/g)];
  const waiting = imported.flatMap((found) => found[1].split(",")).map((name) => name.trim().split(/\s+as\s+/)[0]);
  const files = new Set(["theme", ...waiting.filter(Boolean).map(kebab)].map((name) => path.join(radixFolder, `${name}.js`)));
  const classes = new Set();
  for (const file of files) {
    if (!fs.existsSync(file)) throw new Error(`Radix Themes has no component in ${path.basename(file)}`);
    const script = fs.readFileSync(file, "utf8");
    for (const name of script.match(/rt-[A-Z]\w*/g) ?? []) classes.add(name);
    for (const [, next] of script.matchAll(/from\s*["'](\.[^"']+)["']/g)) files.add(path.join(path.dirname(file), next));
  }
  return classes;
}

/** Whether a selector may match something on our pages. */
export function isUsed(selector, classes, colors) {
  for (const [, name] of selector.matchAll(/\.(rt-[A-Z]\w*)/g)) if (!classes.has(name)) return false;
  // Widths of props: only with `rx.breakpoints`, which a test keeps out.
  if (/\.(xs|sm|md|lg|xl)\\:rt-/.test(selector)) return false;
  for (const [, name] of selector.matchAll(/data-(?:accent|gray)-color=["']?([a-z]+)/g)) {
    if (COLORS.includes(name) && !colors.has(name)) return false;
  }
  return true;
}

const colorOf = (property) => /^--([a-z]+)-(?:a?\d+|contrast|surface|indicator|track)$/.exec(property)?.[1];

export default function unusedStyles() {
  return {
    postcssPlugin: "unused-styles",
    OnceExit(root) {
      const texts = GENERATED.flatMap((folder) => [...filesBelow(folder)]).map((file) => fs.readFileSync(file, "utf8"));
      const scripts = texts.join("\n");
      const classes = classesOf(scripts, RADIX);
      const named = new Set([...scripts.matchAll(/["'`]([a-z]+)["'`]|--([a-z]+)-/g)].map((found) => found[1] ?? found[2]));
      root.walkDecls((declaration) => {
        if (colorOf(declaration.prop) && COLORS.includes(colorOf(declaration.prop))) return;
        if (/data-(accent|gray)-color/.test(declaration.parent.selector ?? "")) return;
        for (const [, name] of declaration.value.matchAll(/var\(--([a-z]+)-/g)) named.add(name);
      });
      const colors = new Set(COLORS.filter((name) => named.has(name)));
      root.walkRules((rule) => {
        if (rule.parent.type === "atrule" && rule.parent.name.endsWith("keyframes")) return;
        const kept = rule.selectors.filter((selector) => isUsed(selector, classes, colors));
        if (kept.length === 0) return void rule.remove();
        if (kept.length < rule.selectors.length) rule.selectors = kept;
      });
      root.walkDecls(/^--/, (declaration) => {
        const color = colorOf(declaration.prop);
        if (color && COLORS.includes(color) && !colors.has(color)) declaration.remove();
      });
      const isEmpty = (node) => node.nodes && !node.nodes.some((child) => child.type !== "comment");
      const empty = [];
      do {
        empty.length = 0;
        root.walk((node) => (node.type === "rule" || node.type === "atrule") && isEmpty(node) && empty.push(node));
        empty.forEach((node) => node.remove());
      } while (empty.length);
    },
  };
}
unusedStyles.postcss = true;
