# Answers badly where the file `fault-COMMAND` in SLURM_STANDIN says so: garbage, slow or fail.
fault=
[ -f "$SLURM_STANDIN/fault-$1" ] && read -r fault < "$SLURM_STANDIN/fault-$1"
case $fault in
garbage) printf '\000<html>502 Bad Gateway</html>\n'; exit 0 ;;
slow) exec sleep 600 ;;
fail) echo "slurm_load_jobs error: $1 cannot reach the controller" >&2; exit 1 ;;
esac
