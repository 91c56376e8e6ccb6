/** Where in `length` requests a user begins, so that users do not send the same ones side by side. */
export function firstPlace(user: number, users: number, length: number): number {
  return Math.floor((user * length) / users) % length;
}
