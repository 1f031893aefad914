/* An event's own picture, or a mosaic that is laid from its name: the same event has the same one everywhere. */
export function Picture({ imageUrl, seed, eager }: { imageUrl?: string | null; seed: string; eager?: boolean }) {
  const source = imageUrl ?? `/mosaic/${seed}.svg`;
  return (
    <img
      className="picture"
      src={source}
      alt=""
      width={800}
      height={450}
      loading={eager ? 'eager' : 'lazy'}
      decoding="async"
      fetchPriority={eager ? 'high' : undefined}
    />
  );
}
