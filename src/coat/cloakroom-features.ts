import type { AuthFeature } from "../auth/auth-feature.ts";
import type { CsrfFeature } from "../csrf/csrf-feature.ts";
import type { MessagesFeature } from "../messages/messages-feature.ts";

/** What a cloakroom has beside sessions and cookies; null: switched off. */
export interface CloakroomFeatures {
  readonly csrf: CsrfFeature | null;
  readonly auth: AuthFeature | null;
  readonly messages: MessagesFeature | null;
}
