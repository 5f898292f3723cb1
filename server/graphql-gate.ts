import type { NextFunction, Request, Response } from 'express';
import { Lexer, Source, TokenKind } from 'graphql';

/** Parse Server allows 200 fields a query; each takes a few tokens. */
export const MAX_TOKENS = 2000;

/**
 * Validation compares the fields of a query with each other, before Parse Server counts them:
 * 100,000 times the same field would hold everybody up for minutes.
 */
export function graphqlGate(req: Request, res: Response, next: NextFunction): void {
  const query: unknown = (req.body as { query?: unknown } | undefined)?.query ?? req.query.query;
  if (typeof query !== 'string' || !isTooLong(query)) {
    next();
    return;
  }
  const message = `A GraphQL query has at most ${MAX_TOKENS} tokens.`;
  res.status(400).json({ errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] });
}

function isTooLong(query: string): boolean {
  const lexer = new Lexer(new Source(query));
  try {
    for (let count = 0; count <= MAX_TOKENS; count += 1) if (lexer.advance().kind === TokenKind.EOF) return false;
    return true;
  } catch {
    // No GraphQL: its parser says where.
    return false;
  }
}
