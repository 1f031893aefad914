/* The page that the address names, in its frame; and what follows from moving between pages. */
import { useEffect, useRef } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { Missing } from './pages/Missing';
import { EmbedFrame } from './parts/EmbedFrame';
import { Frame } from './parts/Frame';
import { Loading } from './parts/Loading';
import { useConfig } from './parts/locale';
import { findRoute, viewOf } from './routes';
import { formForgotten } from './state/form';
import { choiceForgotten } from './state/choice';
import { seatsForgotten } from './state/seats';
import { pageRequested } from './state/page';
import { useAppDispatch, useAppSelector } from './state/store';

/* In the browser: ask for what the address shows, go where a form or a page sends us, begin at the top. */
function useNavigation(url: string): void {
  const dispatch = useAppDispatch();
  const navigate = useNavigate();
  const page = useAppSelector((state) => state.page);
  const next = useAppSelector((state) => (state.form.state === 'done' ? state.form.next : null));
  const away = useAppSelector((state) => (state.form.state === 'done' ? state.form.away : null));
  const { embedded } = useConfig();
  const path = useRef<string | null>(null);

  useEffect(() => {
    const here = url.split('?')[0] ?? url;
    const isFirst = path.current === null;
    const isOther = path.current !== here;
    path.current = here;
    if (isFirst || !isOther) return;
    dispatch(formForgotten());
    dispatch(choiceForgotten());
    dispatch(seatsForgotten());
    window.scrollTo(0, 0);
    document.getElementById('main')?.focus({ preventScroll: true });
  }, [dispatch, url]);

  useEffect(() => {
    if (page.url !== url) dispatch(pageRequested({ url }));
  }, [dispatch, page.url, url]);

  useEffect(() => {
    if (page.url === url && page.redirect) void navigate(page.redirect, { replace: true });
  }, [navigate, page.redirect, page.url, url]);

  useEffect(() => {
    if (!next) return;
    dispatch(formForgotten());
    if (!away || embedded) void navigate(next);
    if (away) window.open(away, '_top'); /* no provider lets itself be framed; where a browser forbids this, `next` has the link */
  }, [away, dispatch, embedded, navigate, next]);
}

export function App() {
  const location = useLocation();
  const url = location.pathname + location.search;
  const page = useAppSelector((state) => state.page);
  const { embedded } = useConfig();
  const found = findRoute(url);
  const View = found && viewOf(found.route);
  useNavigation(url);

  const state = !found ? 'missing' : page.url === url ? page.state : 'loading';
  const Around = embedded ? EmbedFrame : Frame;
  return (
    <Around>
      {found && View && (state === 'ready' || state === 'loading') && <View visit={found.visit} key={found.route.name} />}
      {!View && (state === 'ready' || state === 'loading') && <Loading />}
      {state !== 'ready' && state !== 'loading' && <Missing state={state} />}
    </Around>
  );
}
