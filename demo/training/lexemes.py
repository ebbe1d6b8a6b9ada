"""Words printed on pages that questions name: the tower is asked to know them as a whole."""

LEXEMES = sorted(
    "account address amount application author balance bank batch before best bill billed birth branch card city claim color "
    "contact contract copy cost costs customer date deposit department description doctor due email employer end exports "
    "figure form height invoice issuer item items label ledger letter member members model month monthly name net number "
    "office order orders output page paid patient pay payment person phone place policy postcode price prices product profit "
    "quantity qty rainfall receipt reference region registration rent repair report returns room sales serial served service "
    "ship sold sold staff start stock street subject subtotal sum tax team title to total tracking travel unit value vat "
    "visitors weight year january february march april may june july august september october november december".split())
INDEX = {word: i + 1 for i, word in enumerate(dict.fromkeys(LEXEMES))}   # 0: none
LEXEMES = list(INDEX)
