/** What a customer's row says of the person. */
export interface CustomerTexts {
  external_id?: string | null;
  name?: string | null;
  email?: string | null;
  phone?: string | null;
}

/** How a stored answer tells of a customer: names and numbers only beside their field, or every "7" would be one. */
export function textsOf({ id, external_id, name, email, phone }: CustomerTexts & { id: string }): string[] {
  const fields = { external_id, customer_id: external_id, name, phone };
  const told = Object.entries(fields).flatMap(([field, value]) =>
    value ? [`"${field}":${JSON.stringify(value)}`] : [],
  );
  return [id, ...(email ? [email] : []), ...told];
}
