#pragma once

// Every way to come by tokens that needs no user at the keyboard.

#include "apilab/auth/client_credentials_grant.hpp"
#include "apilab/auth/github_app_grant.hpp"
#include "apilab/auth/jwt_bearer_grant.hpp"
#include "apilab/auth/refresh_token_grant.hpp"
#include "apilab/auth/service_account.hpp"
#include "apilab/auth/token_exchange_grant.hpp"
