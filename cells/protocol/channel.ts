/**
 * Ordered messages both ways between two places that share no memory. Implementations: MessagePort, child-process IPC,
 * an in-memory pair for tests. A channel does not retry and does not understand its messages.
 */
export interface Channel {
  /** `transfer` names buffers that may be moved instead of copied. */
  send(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  /** At most one listener; messages that came before it are kept for it. */
  onMessage(listener: (message: unknown) => void): void;
  /** Called once, when either side closes or dies. */
  onClose(listener: () => void): void;
  close(): void;
}
