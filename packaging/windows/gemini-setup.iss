; The installer for Windows, by Inno Setup 6.3 or newer: for one account, without an administrator.
;
; Paths are relative to this file:
;   iscc /DVersion=0.1.0 /DBundle=..\..\dist\gemini-setup /DOutput=..\..\dist packaging\windows\gemini-setup.iss
;
; Silently:  gemini-setup-0.1.0-windows-x86_64-setup.exe /VERYSILENT /SUPPRESSMSGBOXES /NORESTART [/TASKS=path]
;            A running window is asked to close, and ended if it does not in ten seconds.
;            /TASKS=path puts the command on the account's PATH; without it an update leaves it as it was chosen before.
; Uninstall: "%LOCALAPPDATA%\Programs\Gemini Setup\unins000.exe" /VERYSILENT /SUPPRESSMSGBOXES [/REMOVECREDENTIALS]
;            What is kept in the Credential Manager stays, unless /REMOVECREDENTIALS says otherwise; a person is asked.
; Signing:   /DSign=1 and a sign tool named "signer" (docs/releasing.md).

#ifndef Version
  #error Version, Bundle and Output are needed: see above
#endif
#define Name "Gemini Setup"
#define Program "Gemini Setup.exe"
#define Command "gemini-setup.exe"

[Setup]
AppId={{6E2E4F0B-0C58-4B7C-9C0B-5F6E1B8E9A41}
AppName={#Name}
AppVersion={#Version}
AppVerName={#Name} {#Version}
AppPublisher=The Gemini Setup authors
VersionInfoVersion={#Version}
VersionInfoProductName={#Name}
VersionInfoDescription={#Name} installer
PrivilegesRequired=lowest
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
; Qt 6.10 and newer need Windows' own ICU, which 1903 brought.
MinVersion=10.0.18362
; Not {autopf}: it is the same place, but Wine does not know it.
DefaultDirName={localappdata}\Programs\{#Name}
DisableProgramGroupPage=yes
DisableDirPage=yes
DisableReadyPage=yes
UsePreviousAppDir=yes
UsePreviousTasks=yes
ChangesEnvironment=yes
CloseApplications=yes
RestartApplications=no
WizardStyle=modern
SetupIconFile=..\icons\icon.ico
UninstallDisplayIcon={app}\{#Program}
UninstallDisplayName={#Name}
Compression=lzma2/max
SolidCompression=yes
OutputDir={#Output}
OutputBaseFilename=gemini-setup-{#Version}-windows-x86_64-setup
ShowLanguageDialog=auto
SetupLogging=yes
#ifdef Sign
SignTool=signer
SignedUninstaller=yes
#endif

[Languages]
Name: "en"; MessagesFile: "compiler:Default.isl"
Name: "de"; MessagesFile: "compiler:Languages\German.isl"

[CustomMessages]
en.OnThePath=Put the command "gemini-setup" on the &PATH of this account
de.OnThePath=Den Befehl „gemini-setup“ in den &PATH dieses Kontos aufnehmen
en.InTerminals=In terminals:
de.InTerminals=In Terminals:
en.StillRuns=Gemini Setup is still running. Close its window and its commands, then try again.
de.StillRuns=Gemini Setup läuft noch. Schließen Sie das Fenster und beenden Sie die Befehle, und versuchen Sie es dann erneut.
en.Forget=These keys are still saved on this computer: %1.%n%nDelete them too? If you choose No, other programs can still read them, and Gemini Setup finds them when you install it again.
de.Forget=Diese Schlüssel sind noch auf diesem Computer gespeichert: %1.%n%nAuch löschen? Bei „Nein“ können andere Programme sie weiter lesen, und Gemini Setup findet sie, wenn Sie es erneut installieren.
en.NotForgotten=Not everything could be deleted. The rest is in Windows Credential Manager, under names that start with "gemini-credentials".
de.NotForgotten=Nicht alles ließ sich löschen. Der Rest steht in der Windows-Anmeldeinformationsverwaltung unter Namen, die mit „gemini-credentials“ beginnen.

[Tasks]
Name: "path"; Description: "{cm:OnThePath}"; GroupDescription: "{cm:InTerminals}"; Flags: unchecked

[InstallDelete]
; What an older version had and this one has not must not be loaded.
Type: filesandordirs; Name: "{app}\_internal"

[Files]
Source: "{#Bundle}\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs

[Icons]
Name: "{userprograms}\{#Name}"; Filename: "{app}\{#Program}"; WorkingDir: "{%USERPROFILE}"; AppUserModelID: "gemini-setup"

[Run]
Filename: "{app}\{#Program}"; Description: "{cm:LaunchProgram,{#Name}}"; Flags: nowait postinstall skipifsilent

[UninstallDelete]
Type: filesandordirs; Name: "{app}\_internal"
Type: dirifempty; Name: "{app}"

[Code]
const
  Environment = 'Environment';

{ ---- the PATH of this account }

procedure ChangePath(Add: Boolean);
var
  Old, New, Part, Rest: String;
  Place: Integer;
begin
  if not RegQueryStringValue(HKCU, Environment, 'Path', Old) then
    Old := '';
  New := '';
  Rest := Old;
  while Rest <> '' do begin
    Place := Pos(';', Rest);
    if Place = 0 then
      Place := Length(Rest) + 1;
    Part := Copy(Rest, 1, Place - 1);
    Rest := Copy(Rest, Place + 1, Length(Rest));
    if (Part <> '') and (CompareText(RemoveBackslash(Part), ExpandConstant('{app}')) <> 0) then begin
      if New <> '' then
        New := New + ';';
      New := New + Part;
    end;
  end;
  if Add then begin
    if New <> '' then
      New := New + ';';
    New := New + ExpandConstant('{app}');
  end;
  if Length(New) = Length(Old) then
    exit;
  if New = '' then
    RegDeleteValue(HKCU, Environment, 'Path')
  else
    RegWriteExpandStringValue(HKCU, Environment, 'Path', New);
end;

{ ---- a running program }

function InUse(Name: String): Boolean;
var
  Stream: TFileStream;
begin
  Result := False;
  Name := ExpandConstant('{app}\') + Name;
  if FileExists(Name) then
    try
      Stream := TFileStream.Create(Name, fmOpenReadWrite or fmShareExclusive);
      Stream.Free;
    except
      Result := True;
    end;
end;

function Runs: Boolean;
begin
  Result := InUse('{#Program}') or InUse('{#Command}');
end;

procedure Kill(How: String);
var
  Code: Integer;
begin
  if InUse('{#Program}') then
    Exec(ExpandConstant('{sys}\taskkill.exe'), How + '/IM "{#Program}"', '', SW_HIDE, ewWaitUntilTerminated, Code);
  if InUse('{#Command}') then
    Exec(ExpandConstant('{sys}\taskkill.exe'), How + '/IM "{#Command}"', '', SW_HIDE, ewWaitUntilTerminated, Code);
end;

function Waited(Seconds: Integer): Boolean;
var
  Times: Integer;
begin
  Times := Seconds * 4;
  while Runs and (Times > 0) do begin
    Sleep(250);
    Times := Times - 1;
  end;
  Result := not Runs;
end;

{ Ask the window to close, as its cross does: what it is in the middle of is stopped, and nothing is lost. }
function Closed(Silent: Boolean): Boolean;
begin
  Result := not Runs;
  if Result then
    exit;
  Kill('');
  Result := Waited(10);
  if not Result and Silent then begin
    Kill('/F ');
    Result := Waited(5);
  end;
end;

function PrepareToInstall(var NeedsRestart: Boolean): String;
begin
  Result := '';
  if not Closed(WizardSilent) then
    Result := CustomMessage('StillRuns');
end;

procedure CurStepChanged(CurStep: TSetupStep);
begin
  if CurStep = ssPostInstall then
    ChangePath(WizardIsTaskSelected('path'));
end;

{ ---- uninstalling }

{ The names of the profiles could not be asked for, nor files deleted, under a running program. }
procedure CloseBeforeUninstall;
begin
  while not Closed(UninstallSilent) do
    if SuppressibleMsgBox(CustomMessage('StillRuns'), mbError, MB_RETRYCANCEL, IDCANCEL) <> IDRETRY then
      Abort;
end;

function Asked(Name: String): Boolean;
var
  Number: Integer;
begin
  Result := False;
  for Number := 1 to ParamCount do
    if CompareText(ParamStr(Number), Name) = 0 then
      Result := True;
end;

{ Run the command; its answer is in a file, as [Code] has no other way to read it. }
function Answer(Arguments: String; var Lines: TArrayOfString): Integer;
var
  Name: String;
begin
  Name := ExpandConstant('{tmp}\answer.txt');
  if not Exec(ExpandConstant('{cmd}'), '/D /S /C ""' + ExpandConstant('{app}\{#Command}') + '" ' + Arguments +
    ' > "' + Name + '""', '', SW_HIDE, ewWaitUntilTerminated, Result) then
    Result := -1;
  if not LoadStringsFromFile(Name, Lines) then
    SetArrayLength(Lines, 0);
  DeleteFile(Name);
end;

procedure Forget(Profiles: TArrayOfString);
var
  Number, Code: Integer;
  Whole: Boolean;
  Lines: TArrayOfString;
begin
  Whole := True;
  for Number := 0 to GetArrayLength(Profiles) - 1 do begin
    Code := Answer('remove ' + Profiles[Number] + ' --yes', Lines);
    { 1: there is no such profile. "default" is also asked for where the list has lost it. }
    if (Code <> 0) and (Code <> 1) then
      Whole := False;
  end;
  if Whole then
    DelTree(ExpandConstant('{localappdata}\gemini-setup'), True, True, True)
  else
    SuppressibleMsgBox(CustomMessage('NotForgotten'), mbError, MB_OK, IDOK);
end;

procedure CredentialsToo;
var
  Lines, Profiles: TArrayOfString;
  Number, Count, Place: Integer;
  Names: String;
  Default: Boolean;
begin
  Answer('list', Lines);
  Count := 0;
  Names := '';
  Default := False;
  SetArrayLength(Profiles, GetArrayLength(Lines) + 1);
  for Number := 0 to GetArrayLength(Lines) - 1 do begin
    Place := Pos(#9, Lines[Number]);
    if Place > 1 then begin
      Profiles[Count] := Copy(Lines[Number], 1, Place - 1);
      Default := Default or (Profiles[Count] = 'default');
      if Names <> '' then
        Names := Names + ', ';
      Names := Names + Profiles[Count];
      Count := Count + 1;
    end;
  end;
  if not Asked('/REMOVECREDENTIALS') then begin
    if UninstallSilent or (Count = 0) then
      exit;
    if SuppressibleMsgBox(FmtMessage(CustomMessage('Forget'), [Names]), mbConfirmation, MB_YESNO or MB_DEFBUTTON2,
      IDNO) <> IDYES then
      exit;
  end;
  if not Default then begin
    Profiles[Count] := 'default';
    Count := Count + 1;
  end;
  SetArrayLength(Profiles, Count);
  Forget(Profiles);
end;

procedure CurUninstallStepChanged(CurUninstallStep: TUninstallStep);
begin
  if CurUninstallStep = usAppMutexCheck then { after the question whether to uninstall at all }
    CloseBeforeUninstall;
  if CurUninstallStep = usUninstall then begin
    CredentialsToo;
    ChangePath(False);
  end;
end;
