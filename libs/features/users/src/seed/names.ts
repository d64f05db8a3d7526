/** First names of people who don't exist, some with letters that have to be told apart in an address. */
export const firstNames = [
  'Ada', 'Agnes', 'Aisha', 'Alma', 'Amara', 'André', 'Anouk', 'Arjun', 'Astrid', 'Beatriz', 'Björn', 'Bruno', 'Camille',
  'Chiara', 'Chloé', 'Daniel', 'Dilan', 'Edda', 'Elif', 'Emeka', 'Emil', 'Erik', 'Esther', 'Fatima', 'Felix', 'Finn',
  'Florian', 'Freya', 'Giulia', 'Goran', 'Hana', 'Hannah', 'Hugo', 'Ines', 'Ingrid', 'Isak', 'Ivana', 'Jakub', 'Jana',
  'Jelena', 'Joana', 'Jonas', 'Julia', 'Kaan', 'Karim', 'Katya', 'Kofi', 'Lars', 'Leila', 'Leon', 'Lina', 'Lotte', 'Luca',
  'Magda', 'Malik', 'Marta', 'Matteo', 'Maya', 'Mei', 'Milan', 'Mira', 'Nadia', 'Nils', 'Noor', 'Nora', 'Olga', 'Oskar',
  'Pavel', 'Petra', 'Priya', 'Quentin', 'Rafael', 'Rania', 'Renée', 'Rosa', 'Samir', 'Saskia', 'Selma', 'Sofia', 'Søren',
  'Stefan', 'Sven', 'Tadeo', 'Tamar', 'Thea', 'Tomás', 'Uma', 'Valentina', 'Vera', 'Viktor', 'Wanda', 'Yara', 'Yusuf',
  'Zoë',
] as const;

export const lastNames = [
  'Abel', 'Adeyemi', 'Almeida', 'Andersen', 'Aydın', 'Bauer', 'Bergström', 'Bianchi', 'Blom', 'Brandt', 'Castro', 'Cohen',
  'Costa', 'Dahl', 'Demir', 'Diallo', 'Dubois', 'Eriksen', 'Farkas', 'Ferrari', 'Fischer', 'Fontaine', 'Garcia', 'Gomes',
  'Haas', 'Haddad', 'Hansen', 'Hartmann', 'Horvat', 'Iversen', 'Jansen', 'Jensen', 'Kaya', 'Keller', 'Khan', 'Kim',
  'Kovács', 'Kowalski', 'Krüger', 'Lambert', 'Larsen', 'Lehmann', 'Lindqvist', 'Lopez', 'Marković', 'Martin', 'Mensah',
  'Meyer', 'Moreau', 'Moretti', 'Müller', 'Nagy', 'Nakamura', 'Navarro', 'Nguyen', 'Nielsen', 'Novák', 'Okafor', 'Olsen',
  'Ortega', 'Østergaard', 'Papadakis', 'Patel', 'Pereira', 'Petrov', 'Popescu', 'Ricci', 'Rossi', 'Roux', 'Sahin',
  'Santos', 'Schmidt', 'Schneider', 'Silva', 'Singh', 'Sørensen', 'Tanaka', 'Torres', 'Turner', 'Vargas', 'Vasquez',
  'Virtanen', 'Vogel', 'Wagner', 'Walker', 'Weber', 'Wójcik', 'Yilmaz', 'Zeller', 'Zimmermann',
] as const;
