import type { ShopReader } from "./shop-reader.ts";

/** How many books are in the cart. */
export async function countCart(reader: ShopReader): Promise<number> {
  return (await reader.get("/cart")).text.match(/class="line-item"/g)?.length ?? 0;
}
