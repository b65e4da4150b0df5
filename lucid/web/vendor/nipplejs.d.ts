export { create } from "nipplejs";
