#pragma once

#include <vector>

#include "apilab/sandbox/judge/trials/trial.hpp"

namespace apilab::sandbox::trials {

/// One file a topic; each adds its trials in the order of its checks.
void add_run_trials(std::vector<Trial>& list);
void add_limit_trials(std::vector<Trial>& list);
void add_retry_trials(std::vector<Trial>& list);
void add_write_trials(std::vector<Trial>& list);
void add_token_trials(std::vector<Trial>& list);
void add_page_trials(std::vector<Trial>& list);
void add_data_trials(std::vector<Trial>& list);
void add_webhook_trials(std::vector<Trial>& list);
void add_redirect_trials(std::vector<Trial>& list);
void add_wire_trials(std::vector<Trial>& list);

}  // namespace apilab::sandbox::trials
