#compdef apilab
# zsh completion of apilab: source <(apilab completion zsh)
autoload -U +X bashcompinit && bashcompinit
# bash completion of apilab: eval "$(apilab completion bash)"
_apilab() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
    local path='apilab' words='' i
    for ((i = 1; i < COMP_CWORD; i++)); do
        case "$path,${COMP_WORDS[i]}" in
            'apilab,run') path='apilab run' ;;
            'apilab,radar') path='apilab radar' ;;
            'apilab,call') path='apilab call' ;;
            'apilab,session') path='apilab session' ;;
            'apilab,pages') path='apilab pages' ;;
            'apilab,learn') path='apilab learn' ;;
            'apilab,checklist') path='apilab checklist' ;;
            'apilab,auth') path='apilab auth' ;;
            'apilab,config') path='apilab config' ;;
            'apilab,doctor') path='apilab doctor' ;;
            'apilab,secrets') path='apilab secrets' ;;
            'apilab,drift') path='apilab drift' ;;
            'apilab,sandbox') path='apilab sandbox' ;;
            'apilab,trace') path='apilab trace' ;;
            'apilab,explain') path='apilab explain' ;;
            'apilab,help') path='apilab help' ;;
            'apilab,completion') path='apilab completion' ;;
            'apilab,man') path='apilab man' ;;
            'apilab,version') path='apilab version' ;;
            'apilab radar,check') path='apilab radar check' ;;
            'apilab session,list') path='apilab session list' ;;
            'apilab session,show') path='apilab session show' ;;
            'apilab session,rm') path='apilab session rm' ;;
            'apilab learn,list') path='apilab learn list' ;;
            'apilab learn,show') path='apilab learn show' ;;
            'apilab learn,start') path='apilab learn start' ;;
            'apilab learn,reset') path='apilab learn reset' ;;
            'apilab learn,hint') path='apilab learn hint' ;;
            'apilab learn,check') path='apilab learn check' ;;
            'apilab learn,next') path='apilab learn next' ;;
            'apilab checklist,list') path='apilab checklist list' ;;
            'apilab checklist,show') path='apilab checklist show' ;;
            'apilab auth,login') path='apilab auth login' ;;
            'apilab auth,status') path='apilab auth status' ;;
            'apilab auth,refresh') path='apilab auth refresh' ;;
            'apilab auth,revoke') path='apilab auth revoke' ;;
            'apilab config,explain') path='apilab config explain' ;;
            'apilab secrets,check') path='apilab secrets check' ;;
            'apilab secrets,where') path='apilab secrets where' ;;
            'apilab secrets,scan') path='apilab secrets scan' ;;
            'apilab drift,show') path='apilab drift show' ;;
            'apilab drift,accept') path='apilab drift accept' ;;
            'apilab sandbox,serve') path='apilab sandbox serve' ;;
            'apilab sandbox,run') path='apilab sandbox run' ;;
            'apilab sandbox,env') path='apilab sandbox env' ;;
            'apilab sandbox,journal') path='apilab sandbox journal' ;;
            'apilab sandbox,scenario') path='apilab sandbox scenario' ;;
            'apilab sandbox,checks') path='apilab sandbox checks' ;;
            'apilab sandbox scenario,list') path='apilab sandbox scenario list' ;;
            'apilab trace,list') path='apilab trace list' ;;
            'apilab trace,show') path='apilab trace show' ;;
            'apilab trace,why') path='apilab trace why' ;;
            'apilab trace,export') path='apilab trace export' ;;
            'apilab trace,import') path='apilab trace import' ;;
        esac
    done
    case "$path,$previous" in
        'apilab,--color') words='auto always never' ;;
        'apilab run,--color') words='auto always never' ;;
        'apilab radar,--color') words='auto always never' ;;
        'apilab radar check,--fail-on') words='low moderate high critical' ;;
        'apilab radar check,--color') words='auto always never' ;;
        'apilab call,--default-scheme') words='http https' ;;
        'apilab call,--effect') words='read idempotent write' ;;
        'apilab call,--pretty') words='all colors format none' ;;
        'apilab call,--color') words='auto always never' ;;
        'apilab session,--color') words='auto always never' ;;
        'apilab session list,--color') words='auto always never' ;;
        'apilab session show,--color') words='auto always never' ;;
        'apilab session rm,--color') words='auto always never' ;;
        'apilab pages,--kind') words='auto link next cursor page offset' ;;
        'apilab pages,--color') words='auto always never' ;;
        'apilab learn,--color') words='auto always never' ;;
        'apilab learn list,--color') words='auto always never' ;;
        'apilab learn show,--color') words='auto always never' ;;
        'apilab learn start,--color') words='auto always never' ;;
        'apilab learn reset,--color') words='auto always never' ;;
        'apilab learn hint,--color') words='auto always never' ;;
        'apilab learn check,--color') words='auto always never' ;;
        'apilab learn next,--color') words='auto always never' ;;
        'apilab checklist,--color') words='auto always never' ;;
        'apilab checklist list,--color') words='auto always never' ;;
        'apilab checklist show,--color') words='auto always never' ;;
        'apilab auth,--color') words='auto always never' ;;
        'apilab auth login,--client-auth') words='basic post' ;;
        'apilab auth login,--color') words='auto always never' ;;
        'apilab auth status,--color') words='auto always never' ;;
        'apilab auth refresh,--color') words='auto always never' ;;
        'apilab auth revoke,--color') words='auto always never' ;;
        'apilab config,--color') words='auto always never' ;;
        'apilab config explain,--color') words='auto always never' ;;
        'apilab doctor,--color') words='auto always never' ;;
        'apilab secrets,--color') words='auto always never' ;;
        'apilab secrets check,--color') words='auto always never' ;;
        'apilab secrets where,--color') words='auto always never' ;;
        'apilab secrets scan,--color') words='auto always never' ;;
        'apilab drift,--color') words='auto always never' ;;
        'apilab drift show,--color') words='auto always never' ;;
        'apilab drift accept,--color') words='auto always never' ;;
        'apilab sandbox,--color') words='auto always never' ;;
        'apilab sandbox serve,--scenario') words='day13-rolls day01-classify day01-herd day01-retries day01-timeouts day02-budget day02-orders day02-pages day02-sessions day03-auth day03-leaks day03-redirects day06-webhooks day07-async-triggers day04-consent day04-oauth2 day04-stampede day10-failure-tests day05-logging day05-metrics day05-repro day05-waterfall day08-contract day08-join day08-three-apis day09-breaker day09-cache day09-service day14-checklist day11-glue day11-pace day12-mail day12-send drift flaky none outage-30s pages rate-limited' ;;
        'apilab sandbox serve,--color') words='auto always never' ;;
        'apilab sandbox run,--scenario') words='day13-rolls day01-classify day01-herd day01-retries day01-timeouts day02-budget day02-orders day02-pages day02-sessions day03-auth day03-leaks day03-redirects day06-webhooks day07-async-triggers day04-consent day04-oauth2 day04-stampede day10-failure-tests day05-logging day05-metrics day05-repro day05-waterfall day08-contract day08-join day08-three-apis day09-breaker day09-cache day09-service day14-checklist day11-glue day11-pace day12-mail day12-send drift flaky none outage-30s pages rate-limited' ;;
        'apilab sandbox run,--color') words='auto always never' ;;
        'apilab sandbox env,--color') words='auto always never' ;;
        'apilab sandbox journal,--color') words='auto always never' ;;
        'apilab sandbox scenario,--color') words='auto always never' ;;
        'apilab sandbox scenario list,--color') words='auto always never' ;;
        'apilab sandbox checks,--color') words='auto always never' ;;
        'apilab trace,--color') words='auto always never' ;;
        'apilab trace list,--color') words='auto always never' ;;
        'apilab trace show,--color') words='auto always never' ;;
        'apilab trace why,--color') words='auto always never' ;;
        'apilab trace export,--color') words='auto always never' ;;
        'apilab trace import,--color') words='auto always never' ;;
        'apilab explain,--color') words='auto always never' ;;
        'apilab help,--color') words='auto always never' ;;
        'apilab completion,--color') words='auto always never' ;;
        'apilab man,--color') words='auto always never' ;;
        'apilab version,--color') words='auto always never' ;;
    esac
    if [[ -z $words ]]; then
        case "$path" in
        'apilab') words='run radar call session pages learn checklist auth config doctor secrets drift sandbox trace explain help completion man version --version -h --help --color --json -q --quiet -v' ;;
        'apilab run') words='-h --help --seed --registry --color --json -q --quiet -v' ;;
        'apilab radar') words='check -h --help --color --json -q --quiet -v' ;;
        'apilab radar check') words='-h --help --registry --osv-url --github-url --offline --as-of --deadline --limit --fail-on --color --json -q --quiet -v' ;;
        'apilab call') words='-h --help -f --form --multipart --raw --ignore-stdin --default-scheme --bearer --auth --session --session-read-only --effect --idempotency-key --retries --deadline --timeout --connect-timeout --pace --follow --max-redirects --cacert --cert --key --proxy -n --offline --dry-run --fail -o --output -p --print --pretty --print-curl --timing --show-attempts --har --html --trace-store --color --json -q --quiet -v' ;;
        'apilab session') words='list show rm -h --help --color --json -q --quiet -v' ;;
        'apilab session list') words='-h --help --color --json -q --quiet -v' ;;
        'apilab session show') words='-h --help --color --json -q --quiet -v' ;;
        'apilab session rm') words='-h --help --color --json -q --quiet -v' ;;
        'apilab pages') words='-h --help --kind --items --next --parameter --key --checkpoint --output --limit --pages --prefetch --header --token --color --json -q --quiet -v' ;;
        'apilab learn') words='list show start reset hint check next -h --help --color --json -q --quiet -v' ;;
        'apilab learn list') words='-h --help --color --json -q --quiet -v' ;;
        'apilab learn show') words='-h --help --color --json -q --quiet -v' ;;
        'apilab learn start') words='-h --help --color --json -q --quiet -v' ;;
        'apilab learn reset') words='-h --help --color --json -q --quiet -v' ;;
        'apilab learn hint') words='-h --help --all --color --json -q --quiet -v' ;;
        'apilab learn check') words='-h --help --limit --color --json -q --quiet -v' ;;
        'apilab learn next') words='-h --help --color --json -q --quiet -v' ;;
        'apilab checklist') words='list show -h --help --color --json -q --quiet -v' ;;
        'apilab checklist list') words='-h --help --group --day --markdown --color --json -q --quiet -v' ;;
        'apilab checklist show') words='-h --help --color --json -q --quiet -v' ;;
        'apilab auth') words='login status refresh revoke -h --help --color --json -q --quiet -v' ;;
        'apilab auth login') words='-h --help --tokens --issuer --client-id --client-secret --client-auth --scope --device --client-credentials --no-browser --color --json -q --quiet -v' ;;
        'apilab auth status') words='-h --help --tokens --color --json -q --quiet -v' ;;
        'apilab auth refresh') words='-h --help --tokens --color --json -q --quiet -v' ;;
        'apilab auth revoke') words='-h --help --tokens --local --color --json -q --quiet -v' ;;
        'apilab config') words='explain -h --help --color --json -q --quiet -v' ;;
        'apilab config explain') words='-h --help --color --json -q --quiet -v' ;;
        'apilab doctor') words='-h --help --url --online --color --json -q --quiet -v' ;;
        'apilab secrets') words='check where scan -h --help --color --json -q --quiet -v' ;;
        'apilab secrets check') words='-h --help --for --dotenv --commands --strict --color --json -q --quiet -v' ;;
        'apilab secrets where') words='-h --help --dotenv --commands --strict --color --json -q --quiet -v' ;;
        'apilab secrets scan') words='-h --help --dotenv --color --json -q --quiet -v' ;;
        'apilab drift') words='show accept -h --help --color --json -q --quiet -v' ;;
        'apilab drift show') words='-h --help --baselines --color --json -q --quiet -v' ;;
        'apilab drift accept') words='-h --help --baselines --replace --color --json -q --quiet -v' ;;
        'apilab sandbox') words='serve run env journal scenario checks -h --help --color --json -q --quiet -v' ;;
        'apilab sandbox serve') words='-h --help --scenario --seed --data --synthetic --port --admin-port --foreign-port --speed --auto-consent --ask-consent --ready-file --color --json -q --quiet -v' ;;
        'apilab sandbox run') words='-h --help --scenario --seed --data --synthetic --report --color --json -q --quiet -v' ;;
        'apilab sandbox env') words='-h --help --ready-file --color --json -q --quiet -v' ;;
        'apilab sandbox journal') words='-h --help --ready-file --color --json -q --quiet -v' ;;
        'apilab sandbox scenario') words='list -h --help --color --json -q --quiet -v' ;;
        'apilab sandbox scenario list') words='-h --help --color --json -q --quiet -v' ;;
        'apilab sandbox checks') words='-h --help --color --json -q --quiet -v' ;;
        'apilab trace') words='list show why export import -h --help --color --json -q --quiet -v' ;;
        'apilab trace list') words='-h --help --traces --limit --status --origin --method --slower --text --failed --follow --color --json -q --quiet -v' ;;
        'apilab trace show') words='-h --help --traces --color --json -q --quiet -v' ;;
        'apilab trace why') words='-h --help --traces --color --json -q --quiet -v' ;;
        'apilab trace export') words='-h --help --traces -h --help --har --curl --html --svg --color --json -q --quiet -v' ;;
        'apilab trace import') words='-h --help --traces --color --json -q --quiet -v' ;;
        'apilab explain') words='-h --help --color --json -q --quiet -v' ;;
        'apilab help') words='-h --help --color --json -q --quiet -v' ;;
        'apilab completion') words='-h --help --color --json -q --quiet -v' ;;
        'apilab man') words='-h --help --color --json -q --quiet -v' ;;
        'apilab version') words='-h --help --color --json -q --quiet -v' ;;
        esac
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o default -F _apilab apilab
