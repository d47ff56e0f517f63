import { isInNetwork, parseNetwork, type Network } from "../manager/address.ts";
import type { ExchangeState } from "../manager/exchange-state.ts";

const INSIDE: readonly Network[] = ["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10", "::1", "fc00::/7", "fe80::/10"].map((text) => parseNetwork(text) as Network);

/**
 * The address that an attempt is counted for; undefined when it is not known.
 *
 * A neighbour that says it forwards, and that nobody has told us to trust, is a proxy: its address stands for everybody, and counting for it
 * would let one guesser lock all visitors out. From outside nobody can have such an address, so a forged header frees no one.
 */
export function attemptAddress(exchange: ExchangeState): string | undefined {
  const { connection, view, manager } = exchange;
  const address = connection.clientAddress;
  if (manager.settings.trustsProxy || address === undefined) return address;
  const forwards = view.header("x-forwarded-for") !== undefined || view.header("forwarded") !== undefined;
  return forwards && INSIDE.some((network) => isInNetwork(address, network)) ? undefined : address;
}
