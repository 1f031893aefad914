/*
 * Invitations onto a team: a mail whose link is for who has that address, and an account with it. Nobody is put on a
 * team unasked, and no link that was passed on lets somebody else in.
 */
#include <string.h>

#include "api.h"
#include "link.h"
#include "store.h"
#include "tessera/right.h"
#include "tessera/text.h"

int invite_member(struct ts_call *call, const Identity__InviteMemberRequest *request,
                  Identity__AcceptedReply *ret_reply)
{
    const char *email = ts_text_trim(call->arena, request->email);
    const Identity__Account *guest;
    const Identity__Team *team;
    Identity__Mail mail;
    int64_t version;
    int r = store_get_team(call, request->team_id, &team, &version);

    r = r ? r : ts_require(call, TS_RIGHT_TEAMS, team ? team->organizer_id : "", NULL);
    if (r)
        return r;
    if (!team || !ts_text_is_email(email))
        return refuse(call, team ? REFUSAL_EMAIL : REFUSAL_TEAM_UNKNOWN);
    if (team->n_member_ids >= TEAM_MEMBERS_MAX)
        return refuse(call, REFUSAL_TEAM_FULL);
    r = store_find_account(call, email, &guest, &version);
    if (r)
        return r;
    mail = mail_new(call, IDENTITY__MAIL_KIND__INVITATION, email);
    mail.team_id = team->id;
    mail.language = guest && guest->language ? guest->language : mail.language;
    return mail_accept(call, &mail, ret_reply);
}

static bool is_same_address(struct ts_call *call, const char *left, const char *right)
{
    return left && strcmp(ts_text_lower(call->arena, left), ts_text_lower(call->arena, right)) == 0;
}

/*
 * Did the invitation go to him? Who has its token has read the mail, so where an organizer's provider says that the
 * address is his, that is enough, onto a team of that organizer.
 */
static bool is_invited(struct ts_call *call, const Identity__Account *account, const Identity__Mail *mail,
                       const Identity__Team *team)
{
    if (!account->organizer_id)
        return is_same_address(call, account->email, mail->email);
    return team && strcmp(account->organizer_id, team->organizer_id) == 0 &&
           is_same_address(call, account->asserted_email, mail->email);
}

/* Joining first: said again after a crash it changes nothing. */
int accept_invitation(struct ts_call *call, const Identity__TokenRequest *request, Identity__TeamReply *ret_reply)
{
    const Identity__Account *account = NULL;
    const Identity__Team *team = NULL;
    struct opened opened = { NULL };
    Identity__Mail used;
    int64_t version;
    int r = caller_account(call, &account);

    r = r ? r : link_open(call, request->token, IDENTITY__MAIL_KIND__INVITATION, &opened);
    if (r || !opened.mail)
        return r;
    r = store_get_team(call, opened.mail->team_id, &team, &version);
    if (r)
        return r;
    if (!is_invited(call, account, opened.mail, team))
        return refuse(call, REFUSAL_INVITED_ELSE);
    r = team_join(call, opened.mail->team_id, account->id, ret_reply);
    if (r)
        return r;
    used = *opened.mail;
    used.has_used_at_ms = true;
    used.used_at_ms = ts_now_ms(call);
    r = store_put_mail(call, &used, opened.mail_version);
    return r > 0 ? 0 : r; /* somebody, who is he, was as fast */
}
